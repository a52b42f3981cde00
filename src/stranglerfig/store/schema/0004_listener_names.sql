-- Listeners of single ports: until now SERVICE-PORT, which may be the name of a service; from now on SERVICE.PORT.

UPDATE balancer SET name = substr(name, 1, length(name) - length(port) - 1) || '.' || port
    WHERE tcp AND name LIKE '%-' || port;

UPDATE target_group SET value = json_set(target_group.value, '$.ingress', json((
    SELECT json_group_array(json(
        CASE WHEN json_extract(one.value, '$.balancer') LIKE target_group.name || '-%'
            THEN json_set(one.value, '$.balancer',
                target_group.name || '.' || substr(json_extract(one.value, '$.balancer'), length(target_group.name) + 2))
            ELSE one.value END))
    FROM json_each(target_group.value, '$.ingress') AS one
))) WHERE EXISTS (
    SELECT 1 FROM json_each(target_group.value, '$.ingress') AS one
    WHERE json_extract(one.value, '$.balancer') LIKE target_group.name || '-%'
);

UPDATE deployment SET value = json_set(deployment.value, '$.listeners', json((
    SELECT json_group_array(json(
        json_set(one.value, '$.name', app || '.' || environment || '.' || deployment.name || '.'
            || json_extract(one.value, '$.port'))))
    FROM json_each(deployment.value, '$.listeners') AS one
))) WHERE json_array_length(deployment.value, '$.listeners') > 0;
